export { type Cifar10DownloadOptions, cifar10Archive, downloadCifar10 } from "./cifar10-download.ts";
export { readDatasetFolder, saveDataset } from "./dataset-folder.ts";
export { datasetNames, defaultDataDir, type LoadDatasetOptions, loadDataset } from "./datasets.ts";
export { type DownloadOptions, download, NetworkError } from "./download.ts";
export { checkOutputs, checkWritable, writeFile } from "./files.ts";
export { decodeImage } from "./images.ts";
export { type Imported, type ImportOptions, importImages } from "./import-images.ts";
export { type ChosenKernels, type KernelsSettings, useKernels } from "./kernels.ts";
export { UserError } from "./user-mistake.ts";
