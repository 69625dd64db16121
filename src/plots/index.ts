/** The charts of `chainrule/plots`; everything here runs in a browser as it is. */
export type { ThemeName } from "../drawing/index.ts";
export { type ChartOptions, chart } from "./chart.ts";
export { type ConfusionPlotOptions, confusionPlot } from "./confusion-plot.ts";
export { type FitLossPlotOptions, fitLossPlot } from "./fitting-plots.ts";
export { type GridImage, type ImageGridOptions, imageGrid } from "./image-grid.ts";
export { type LineChartOptions, lineChart } from "./line-chart.ts";
export type { Panel } from "./panel.ts";
export type { MarkerShape } from "./paths.ts";
export { type NamedHistory, runsPlot } from "./runs-plot.ts";
export type { Axis } from "./scale.ts";
export { type ScatterFrameOptions, type ScatterFrames, scatterFrames } from "./scatter-frame.ts";
export type { LineSeries, PointSeries, Series } from "./series.ts";
export { type TrainingHistory, type TrainingPlotOptions, trainingPlot } from "./training-plot.ts";
export { type WeightsGridOptions, weightsGrid } from "./weights-plot.ts";
