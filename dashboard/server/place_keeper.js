// The address that somebody came by, for dashboard/server/middleware.py to lead back to once they have signed in.

export default function () {
  const place = location.pathname + location.search;
  if (place === "/") return;
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `convscope_place=${encodeURIComponent(place)};path=/;max-age=600;samesite=lax${secure}`;
}
