export {
  type AffineFit,
  type AffineTransform,
  type AffineTransformLoss,
  affineTransformLoss,
  applyAffineTransform,
  identityTransform,
} from "./affine-transform.ts";
export { splitCorrespondences } from "./check-points.ts";
export {
  type ComparedMethod,
  type Comparison,
  type ComparisonCase,
  type ComparisonRow,
  type ComparisonSettings,
  compareAffineFits,
  comparedMethods,
} from "./compare.ts";
export { readComparison } from "./compare-reading.ts";
export {
  affineCurvature,
  bestMomentum,
  bestRate,
  type Curvature,
  calmSettings,
  conditionNumber,
  largestStableRate,
} from "./curvature.ts";
export {
  type DescentFit,
  type DescentMethod,
  descentMethods,
  type FitSettings,
  type FitStep,
  fitAffineTransform,
} from "./gradient-descent.ts";
export { fitAffineLeastSquares } from "./least-squares.ts";
export { parseCorrespondences } from "./parse-correspondences.ts";
export { fitAffineRansac, type RansacFit, type RansacSettings } from "./ransac.ts";
export { replaceTargets, type SampleCorrespondences, sampleCorrespondences } from "./sample-points.ts";
