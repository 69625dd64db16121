/** What happened in a run, step by step and epoch by epoch. */
export interface History {
  readonly stepsPerEpoch: number;
  readonly losses: number[]; // per step, data + regularization
  readonly epochs: EpochRecord[];
}

export interface EpochRecord {
  readonly epoch: number; // 1, 2, …
  readonly loss: number; // dataLoss + regLoss, of the weights themselves
  readonly dataLoss: number; // mean over the epoch's steps; of changed images and smoothed labels, where there are such
  readonly regLoss: number; // the penalty, likewise
  readonly trainAccuracy: number; // 0…1; of the averaged weights, if there are any, like the next
  readonly valAccuracy: number; // 0…1; NaN without validation examples
  readonly valLoss: number; // mean cross-entropy over the validation examples, without penalty; likewise
  readonly learningRate: number; // at the epoch's last step
  readonly seconds: number; // since the previous record, evaluation included
}

/** The epoch with the highest validation accuracy, the first of equals. */
export function bestEpoch<T extends Pick<EpochRecord, "valAccuracy">>({
  epochs,
}: Partial<Omit<History, "epochs" | "losses">> & {
  readonly epochs: readonly T[];
  readonly losses?: ArrayLike<number>;
}): T | undefined {
  return epochs.reduce<T | undefined>(
    (best, epoch) => (best && !(epoch.valAccuracy > best.valAccuracy || Number.isNaN(best.valAccuracy)) ? best : epoch),
    undefined,
  );
}

/** One line per epoch, for spreadsheets. */
export function historyToCsv({ epochs }: History): string {
  const lines = epochs.map((e) =>
    [e.epoch, e.loss, e.dataLoss, e.regLoss, e.valLoss, e.trainAccuracy, e.valAccuracy, e.learningRate, e.seconds].join(
      ",",
    ),
  );
  return [
    "epoch,loss,data_loss,reg_loss,val_loss,train_accuracy,val_accuracy,learning_rate,seconds",
    ...lines,
    "",
  ].join("\n");
}
