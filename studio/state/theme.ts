/** Light or dark: as the system says, until the person chooses. */
import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const key = "chainrule.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(key);
    return value === "light" || value === "dark" ? value : undefined;
  } catch {
    return undefined; // storage is forbidden here
  }
}

const chosen = signal(stored());
const systemTheme = signal<Theme>(system.matches ? "dark" : "light");
system.addEventListener("change", () => {
  systemTheme.value = system.matches ? "dark" : "light";
});

export function theme(): Theme {
  return chosen.value ?? systemTheme.value;
}

export function switchTheme(): void {
  chosen.value = theme() === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(key, chosen.value);
  } catch {
    // it lasts as long as the page
  }
}

effect(() => {
  document.documentElement.dataset.theme = theme();
});
