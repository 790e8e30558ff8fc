// A panel and the answers to its queries -> what Grafana would show: its own transformations, field options, mappings,
// thresholds and reducers (@grafana/data), without a browser.
globalThis.navigator ??= { language: "en", languages: ["en"], userAgent: "node" };
const g = require("@grafana/data");
const { firstValueFrom } = require("rxjs");
globalThis.window ??= {}; // after the requires: a library looks for it
const frames = require("./frames.cjs");

const ONCE = [...new Map(Object.values(g.standardTransformers).map((one) => [one.id, one])).values()];
g.standardTransformersRegistry.setInit(() =>
  ONCE.map((one) => ({ id: one.id, name: one.name ?? one.id, transformation: async () => one, editor: () => null })),
);
const option = (id, process = (value) => value) => ({ id, path: id, name: id, description: "", process, shouldApply: () => true });
g.standardFieldConfigEditorRegistry.setInit(() => [
  ...["displayName", "unit", "min", "max", "decimals", "noValue", "filterable", "links", "color", "mappings"].map((id) => option(id)),
  option("thresholds", g.thresholdsOverrideProcessor),
]);
const theme = g.createTheme({ colors: { mode: "dark" } });
const ZONE = "Asia/Ho_Chi_Minh";

function registry() {
  const made = new g.FieldConfigOptionsRegistry();
  for (const one of g.standardFieldConfigEditorRegistry.list()) made.register(one);
  return made;
}

async function run(panel, answers) {
  let data = (panel.targets ?? []).flatMap((target, nth) => frames(answers[nth], target));
  if (panel.transformations?.length && data.length) data = await firstValueFrom(g.transformDataFrame(panel.transformations, data));
  const given = { fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] }, replaceVariables: (text) => text, theme, timeZone: ZONE };
  data = g.applyFieldOverrides({ ...given, data, fieldConfigRegistry: registry() });
  const reduceOptions = panel.options?.reduceOptions;
  const values = reduceOptions ? g.getFieldDisplayValues({ ...given, reduceOptions, data }) : undefined;
  return { data, values };
}

module.exports = { run, theme, ZONE };
