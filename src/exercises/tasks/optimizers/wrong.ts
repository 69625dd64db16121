import type { Wrong } from "../wrong.ts";

export const wrong: readonly Wrong[] = [
  ["averaged-momentum", "momentumStep", "+ g[name]!.data[i]!", "+ (1 - s.momentum) * g[name]!.data[i]!"],
  ["velocity-not-kept", "momentumStep", "const v = velocity[name]!;", "const v = velocity[name]!.clone();"],
  ["momentum-ignored", "momentumStep", "s.momentum * v.data[i]! + ", ""],
  [
    "bias-not-corrected",
    "adamStep",
    " / (1 - beta1 ** step);\n      const second = v.data[i]! / (1 - beta2 ** step)",
    ";\n      const second = v.data[i]!",
  ],
  ["root-forgotten", "adamStep", "Math.sqrt(second)", "second"],
  ["gradient-not-squared", "adamStep", "* grad * grad", "* Math.abs(grad)"],
  ["betas-swapped", "adamStep", "const [m, v]", "[beta1, beta2] = [beta2, beta1];\n    const [m, v]"],
  ["step-from-zero", "adamStep", "const [m, v]", 'if (name === "W1") step++;\n    const [m, v]'],
];
