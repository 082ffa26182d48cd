/* Before the first paint: the theme and density that were chosen here, else what the system wants. */
(() => {
  const root = document.documentElement;
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const theme = read("holdfast:theme");
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "dark" : "light";
  const density = read("holdfast:density");
  if (density === "compact" || density === "comfortable") root.dataset.density = density;
})();
