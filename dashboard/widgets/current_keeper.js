// What somebody works on, for a month, for dashboard/widgets/current_cookie.py to read after a reload.

export default function ({ data: { current } }) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `convscope_current=${encodeURIComponent(current)};path=/;max-age=2592000;samesite=lax${secure}`;
}
