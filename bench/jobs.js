/** The net that every step benchmark trains: 3072-H-10, relu, softmax cross-entropy, SGD, float32. */
export const image = { channels: 3, height: 32, width: 32 };
export const inputDim = 3072;
export const numClasses = 10;
export const batchSize = 128;
export const learningRate = 0.05;
export const reg = 1e-3;
export const momentum = 0.9; // of `chainrule train`; earlier figures, and the programs without momentum, are for plain SGD
export const jobs = { A: { hiddenDim: 512 }, B: { hiddenDim: 128 } };
