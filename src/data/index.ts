export { type Augmentation, augmentationNames, checkAugmentation, withoutZeros } from "./augmentation.ts";
export {
  batchNames,
  cifar10ClassNames,
  cifar10Description,
  classNamesFile,
  type DatasetDescription,
  descriptionFile,
  type FileBytes,
  formatBatch,
  formatClassNames,
  formatDescription,
  mostImageBytes,
  parseBatches,
  parseClassNames,
  parseDescription,
} from "./cifar10.ts";
export {
  checkClassNames,
  checkImageSet,
  type Dataset,
  fingerprint,
  formatImageSize,
  type ImageSet,
  type ImageSize,
  imageLength,
  isPlainName,
  pickImages,
} from "./dataset.ts";
export { describeDataset, parseDatasetFiles } from "./dataset-files.ts";
export { type Batch, type Examples, firstExamples, imageExamples, tensorExamples } from "./examples.ts";
export { formatIdx, idxLength, parseIdx } from "./idx.ts";
export { type IdxFile, idxDataset, idxFiles, missingIdx } from "./idx-files.ts";
export { byteScaling, channelStatistics, type Normalization } from "./normalization.ts";
export {
  inputLength,
  type Preprocessing,
  preprocessedExamples,
  type TrainingBatch,
  type TrainingExamples,
  trainingExamples,
} from "./readers.ts";
export { batches, DataSampler, type SamplerOptions } from "./sampler.ts";
export { type ShapesOptions, shapesDataset } from "./shapes.ts";
export { holdOut, splitTrainVal, type TrainValSplit } from "./split.ts";
export { fitWhitening, type Whitening, type WhiteningOptions } from "./whitening.ts";
