export default [
  ["operators.ts", "-(g! / b!) * (a! / b!)", "(-g! * a!) / (b! * b!)"],
  ["operators.ts", "(a! >= b! ? g! : 0)", "(a! > b! ? g! : 0)"],
  ["operators.ts", '"$g \\\\cdot [$1 \\\\ge $2]"', '"$g \\\\cdot [$1 \\\\le $2]"'],
  ["operators.ts", '"\\\\frac{$1}{$2}"', '"\\\\frac{$2}{$1}"'],
  ["interpret.ts", "grad = use === useStart[n] ? part : grad + part", "grad = part"],
  ["parse.ts", "const signBinds = 3;", "const signBinds = 5;"],
  ["parse.ts", "operator.binds <= binds", "operator.binds < binds"],
  ["tokens.ts", "before.at(-1)!.length + 1", "before.at(-1)!.length"],
  ["functions/f4.ts", "gradM2 * (2 * m)", "gradM2 * m"],
  ["format-number.ts", "size >= 1e6 ||", "size > 1e7 ||"],
  ["drawing/dot.ts", "into operator", "out of operator", "src/graph test/graph"],
];
