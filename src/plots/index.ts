export { type ChartOptions, chart } from "./chart.ts";
export type { Panel } from "./panel.ts";
export { type MarkerShape, markerShapes } from "./paths.ts";
export type { Axis } from "./scale.ts";
export type { BarSeries, LineSeries, PointSeries, Series } from "./series.ts";
export { movingAverage } from "./smooth.ts";
export { type ThemeName, themeNames } from "./theme.ts";
export { type TrainingHistory, type TrainingPlotOptions, trainingPlot } from "./training-plot.ts";
