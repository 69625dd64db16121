/** The net that jobs A and B train: 3072-H-10, relu, softmax cross-entropy, SGD, float32. */
export const image = { channels: 3, height: 32, width: 32 };
export const inputDim = 3072;
export const numClasses = 10;
export const batchSize = 128;
export const learningRate = 0.05;
export const reg = 1e-3;
export const momentum = 0.9; // of `chainrule train`; earlier figures, and the programs without momentum, are for plain SGD
export const jobs = { A: { hiddenDim: 512 }, B: { hiddenDim: 128 } };
/**
 * The deep net of jobs C and D: inputs-1024-1024-10, batch norm, relu, dropout 0.3, batch 256; the first numbers of each image;
 * Nesterov SGD with momentum 0.9 and weight decay 5e-4, or AdamW with weight decay 0.01, on the matrices; rate 1e-3.
 */
export const deep = {
  ...{
    hiddenDims: [1024, 1024],
    batchSize: 256,
    dropout: 0.3,
    learningRate: 1e-3,
    momentum: 0.9,
    reg: 5e-4,
    weightDecay: 0.01,
  },
  jobs: { C: { inputDim: 3072 }, D: { inputDim: 600 } },
};
/** First weights that every program can make for itself: the i-th one of a layer with so many inputs. */
export const firstWeight = (i, inputs) => Math.sqrt(2 / inputs) * Math.SQRT2 * Math.sin(12.9898 * (i + 1));
