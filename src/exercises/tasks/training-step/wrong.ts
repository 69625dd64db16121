import type { Wrong } from "../wrong.ts";

export const wrong: readonly Wrong[] = [
  ["biases-regularized", "trainingStep", 'if (!name.startsWith("W")) continue;', ""],
  ["penalty-missing-in-gradient", "trainingStep", "grads[name]!.data[i]! += gradW.data[i]!", "gradW.data[i]!"],
  ["penalty-missing-in-loss", "trainingStep", "loss: dataLoss + penalties", "loss: dataLoss"],
  ["penalty-missing", "trainingStep", 'if (!name.startsWith("W")) continue;', "continue;"],
  ["half-forgotten", "trainingStep", "penalties += penalty;", "penalties += 2 * penalty;"],
  ["gradient-doubled", "trainingStep", "+= gradW.data[i]!", "+= 2 * gradW.data[i]!"],
  ["one-layer-regularized", "trainingStep", '!name.startsWith("W")', 'name !== "W1"'],
  ["scores-for-gradient", "trainingStep", "model.backward(gradScores, cache)", "model.backward(scores, cache)"],
  ["uphill", "sgdStep", "-= learningRate", "+= learningRate"],
  ["copy-updated", "sgdStep", "w.data[i]! -= learningRate", "w.clone().data[i]! -= learningRate"],
  ["rate-ignored", "sgdStep", "-= learningRate * ", "-= "],
  ["replaced-by-gradient", "sgdStep", "w.data[i]! -= learningRate * grads", "w.data[i] = -learningRate * grads"],
  ["count-for-share", "accuracy", "correct / N", "correct"],
  ["percent-for-share", "accuracy", "correct / N", "(100 * correct) / N"],
  ["lowest-score", "accuracy", "> scores.at(i, best)", "< scores.at(i, best)"],
  ["label-off-by-one", "accuracy", "best === labels[i]", "best === labels[i]! - 1"],
  ["errors-counted", "accuracy", "best === labels[i]", "best !== labels[i]"],
];
