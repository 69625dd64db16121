export {
  type AffineFit,
  type AffineTransform,
  type AffineTransformLoss,
  affineTransformLoss,
  applyAffineTransform,
} from "./affine-transform.ts";
export { affineCurvature, type Curvature } from "./curvature.ts";
export {
  type DescentFit,
  type DescentMethod,
  type FitSettings,
  type FitStep,
  fitAffineTransform,
} from "./gradient-descent.ts";
export { fitAffineLeastSquares } from "./least-squares.ts";
export { parseCorrespondences } from "./parse-correspondences.ts";
export { fitAffineRansac, type RansacFit, type RansacSettings } from "./ransac.ts";
export { replaceTargets, type SampleCorrespondences, sampleCorrespondences } from "./sample-points.ts";
