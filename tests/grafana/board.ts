// What a dashboard is by Grafana's own types, with enumerations as JSON writes them: as strings. Panels are checked with the
// options and fields of their kind, so that a misspelt one is an error.
//
// Queries are ours: the schema has none for Prometheus.
import type {
  AnnotationQuery, Dashboard, DataQuery, FieldConfig, GraphFieldConfig, Panel, RowPanel, TableFieldOptions,
} from '@grafana/schema';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as TableOptions } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { Options as GraphOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Json<T> = T extends string ? `${T}` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
type Of<Type extends string, Options, Custom> = Omit<Json<Panel>, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  type: Type;
  options: Json<Partial<Options>>;
  fieldConfig: {
    defaults: Omit<Json<FieldConfig>, 'custom'> & { custom?: Json<Partial<Custom>> };
    overrides: NonNullable<Json<Panel>['fieldConfig']>['overrides'];
  };
  targets: Query[];
};
type Query = Json<DataQuery> & {
  editorMode: 'code'; expr: string; legendFormat: string; range: boolean; instant: boolean; format?: 'table';
};
type Annotation = Json<AnnotationQuery> & { target: { expr: string; interval: string }; titleFormat: string; textFormat: string };

export type Board = Omit<Json<Dashboard>, 'annotations' | 'panels'> & {
  annotations: { list: Annotation[] };
  panels: (
    | Json<RowPanel>
    | Of<'stat', StatOptions, object>
    | Of<'table', TableOptions, TableFieldOptions>
    | Of<'timeseries', GraphOptions, GraphFieldConfig>
  )[];
};
