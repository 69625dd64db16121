/** The net that every step benchmark trains: 3072-H-10, relu, softmax cross-entropy, plain SGD, float32. */
export const inputDim = 3072;
export const numClasses = 10;
export const batchSize = 128;
export const learningRate = 0.05;
export const reg = 1e-3;
export const jobs = { A: { hiddenDim: 512 }, B: { hiddenDim: 128 } };
