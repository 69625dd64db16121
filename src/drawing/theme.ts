/** The colours of all drawings. */
import { checkName } from "../errors.ts";

export const themeNames = ["light", "dark"] as const;
export type ThemeName = (typeof themeNames)[number];

/** The colours of a drawing. */
export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly mutedText: string;
  readonly axis: string;
  readonly grid: string;
  /**
   * Contrast with the background at least 3; colour-blind readers can tell them apart.
   * Source: Okabe and Ito, https://jfly.uni-koeln.de/color/
   */
  readonly series: readonly string[];
  /** from "none" to "all", for heat maps */
  readonly ramp: readonly [low: string, high: string];
  /** of computational graphs: outlines, operators, edges into and out of them, gradients */
  readonly graph: Readonly<Record<"line" | "operator" | "into" | "out" | "grad", string>>;
}

const themes: Record<ThemeName, Theme> = {
  light: {
    background: "#ffffff",
    text: "#1f2328",
    mutedText: "#59636e",
    axis: "#8c959f",
    grid: "#e7eaee",
    series: ["#0068ad", "#d55e00", "#00855f", "#b8558f", "#735800", "#2f363d"],
    ramp: ["#f3f7fb", "#08519c"],
    graph: { line: "#4a5058", operator: "#eceff3", into: "#1a8f3c", out: "#1f62d6", grad: "#b3261e" },
  },
  dark: {
    background: "#14181d",
    text: "#e8ecf0",
    mutedText: "#9ea8b3",
    axis: "#66707b",
    grid: "#2a3037",
    series: ["#5bb5ea", "#ff8b45", "#27c394", "#e494c4", "#e3bd3b", "#d3dae2"],
    ramp: ["#1d242c", "#6cb8f5"],
    graph: { line: "#aab2bd", operator: "#2b313a", into: "#4fd07a", out: "#6ea8ff", grad: "#ff8f80" },
  },
};

/**
 * @param who - the function that a wrong name was given to
 * @throws {SettingError} for an unknown name
 */
export function themeOf(who: string, name: ThemeName = "light"): Theme {
  return themes[checkName(who, "theme", name, themeNames)];
}

/** The n-th series colour; after the last comes the first again. */
export function seriesColor(theme: Theme, index: number): string {
  return theme.series[index % theme.series.length]!;
}

const channels = (color: string): number[] => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

/** Between two `#rrggbb` colours, `share` from 0 to 1. */
export function mixColors(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  const mixed = a.map((value, i) => Math.round(value + (b[i]! - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Contrast ratio of two `#rrggbb` colours, 1 … 21 (WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */
export function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const [r, g, blue] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * blue!;
  };
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
