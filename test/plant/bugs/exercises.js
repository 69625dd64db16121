export default [
  ["check.ts", "if (gradients !== variables.length)", "if (gradients < variables.length)"],
  ["check.ts", "/ (2 * quickStep)", "/ quickStep"],
  ["check.ts", "kinks <= mostKinks * trials", "kinks >= 0"],
];
