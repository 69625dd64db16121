export type FunctionName = "f1" | "f2" | "f3" | "f4";

/** The four functions as graphs: the same steps, in the same order, as the code by hand beside this file. */
export const functionTexts: Readonly<Record<FunctionName, string>> = {
  f1: "a1 = x1 * w1; a2 = x2 * w2; s = a1 + a2; p = s + b; d = p - y; L = d ^ 2",
  f2: "a = 2 * x; e = exp(a); t = e - 1; b = e + 1; L = t / b",
  f3: "e1 = exp(s1); e2 = exp(s2); d = e1 + e2; p1 = e1 / d; p2 = e2 / d; p = choose(p1, p2, y); l = log(p); L = -l",
  f4: "a = x * w; z = a + b; n = -z; s = choose(z, n, y); q = sigmoid(s); m = 1 - q; m2 = m ^ 2; l = log(q); t = m2 * l; L = -t",
};
