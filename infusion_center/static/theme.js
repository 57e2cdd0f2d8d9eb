// Runs before the first paint: the chosen theme, else dark where the chairs stand in a dim room, else the system's.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem("theme");
    root.dataset.bsTheme = chosen || (system.matches || "dim" in root.dataset ? "dark" : "light");
  };
  system.addEventListener("change", apply);
  apply();
})();
