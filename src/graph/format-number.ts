import { checkInteger } from "../errors.ts";

/**
 * Formats a number for people: `digits` significant digits (more for whole numbers below a million), and an exponent for
 * very large and very small numbers. Trailing zeros mean that the number was rounded: 3.004 becomes 3.00, and 3 stays 3.
 * @param digits - 1 … 17; 17 shows every bit
 */
export function formatNumber(value: number | "none", digits = 3): string {
  checkInteger("formatNumber", "digits", digits, 1, 17);
  if (value === "none" || !Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  const whole = size < 1 ? 1 : Math.floor(Math.log10(size)) + 1;
  const hasExponent = size >= 1e6 || size < 1e-4;
  const rounded = hasExponent ? value.toExponential(digits - 1) : value.toPrecision(Math.max(digits, whole));
  const cleaned = Number(value.toPrecision(Math.max(digits, 15))); // 0.1 + 0.2 is 0.3
  if (Number(rounded) !== cleaned) return rounded.replace("e+", "e");
  return (hasExponent ? cleaned.toExponential() : String(cleaned)).replace("e+", "e");
}

/** Formats a constant of a graph: π is shown as π. */
export function formatConstant(value: number, digits?: number): string {
  if (Math.abs(value) === Math.PI) return value < 0 ? "-π" : "π";
  return formatNumber(value, digits);
}
