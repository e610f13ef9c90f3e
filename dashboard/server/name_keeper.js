// What somebody calls themselves, for a year, for dashboard/server/display_name.py to read.

export default function ({ data: { name } }) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  if (name) document.cookie = `convscope_name=${encodeURIComponent(name)};path=/;max-age=31536000;samesite=lax${secure}`;
}
