export type SeriesForm = {
  readonly separator: string;
  readonly time: string;
  readonly startTime: string;
  readonly stepSeconds: number;
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnForm>>;
};

type ColumnForm = {
  readonly level: number;
  readonly daily?: number;
  readonly noise?: number;
  readonly incidents?: readonly { readonly fromRow: number; readonly rows: number; readonly add: number }[];
};

export declare function generateSeries(path: string, form: SeriesForm): void;
