// What a wall names that Grafana does not have: units, reducers, matchers, transformations, colours, mappings, options.
// Registries are @grafana/data's own, the package that Grafana's pages are built on. Stdin: {name: dashboard};
// stdout: {name: [finding]}. Modules are found by NODE_PATH.
globalThis.navigator ??= { language: "en", languages: ["en"], userAgent: "node" };
const g = require("@grafana/data");
globalThis.window ??= {};

const units = new Set(g.getValueFormats().flatMap((group) => group.submenu.map((unit) => unit.value)));
const FREE_UNIT = /^(suffix|prefix|time|si|count|currency|bool):/;
const reducers = new Set(g.fieldReducers.list().map((one) => one.id));
const matchers = new Set(g.fieldMatchers.list().map((one) => one.id));
const transformers = new Set(Object.values(g.standardTransformers).map((one) => one.id));
const colourModes = new Set(g.fieldColorModeRegistry.list().map((one) => one.id));
const mappingTypes = new Set(Object.values(g.MappingType));
const specials = new Set(Object.values(g.SpecialValueMatch));
const theme = g.createTheme({ colors: { mode: "dark" } });
// Registered by Grafana's pages, not by the package: its field options (getAllStandardFieldConfigs).
const STANDARD = new Set([
  "displayName", "unit", "min", "max", "decimals", "color", "noValue", "links", "mappings", "thresholds",
  "filterable", "description", "actions", "fieldMinMax",
]);
const COMMON_DEFAULTS = new Set([...STANDARD, "custom", "writeable", "path", "displayNameFromDS"]);
// Layers of Grafana's geomap panel, which no package holds (its layers/data/index.ts).
const LAYERS = new Set(["markers", "heatmap", "geojson", "dynamic-geojson", "dayNight", "route", "photos", "network", "last-point-tracker"]);
const MACROS = new Set(["timeFilter", "__interval", "__interval_ms", "interval"]);

function isColour(name) {
  if (/^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(name)) return true;
  return ["transparent", "text", "panel-bg"].includes(name) || theme.visualization.getColorByName(name) !== name;
}

function* mappings(list) {
  if (!Array.isArray(list)) return yield "mappings are no list";
  for (const one of list) {
    if (!mappingTypes.has(one.type)) yield `unknown mapping ${one.type}`;
    if (one.type === "special" && !specials.has(one.options.match)) yield `unknown special ${one.options.match}`;
    if (one.type === "regex") {
      try {
        g.stringToJsRegex(one.options.pattern);
      } catch {
        yield `no pattern: ${one.options.pattern}`;
      }
    }
    if (one.type === "range" && !(one.options.from < one.options.to)) yield "a range that holds nothing";
    const results = one.type === "value" ? Object.values(one.options) : [one.options.result];
    for (const result of results) {
      if (!result || (result.text === undefined && result.color === undefined)) yield "a mapping to nothing";
      if (result?.color !== undefined && !isColour(result.color)) yield `unknown colour ${result.color}`;
    }
  }
}

function* property(id, value) {
  if (id === "unit" && !units.has(value) && !FREE_UNIT.test(value)) yield `unknown unit ${value}`;
  if (id === "mappings") yield* mappings(value);
  if (id === "color") {
    if (!colourModes.has(value.mode)) yield `unknown colour scheme ${value.mode}`;
    if (value.fixedColor && !isColour(value.fixedColor)) yield `unknown colour ${value.fixedColor}`;
  }
  if (id === "thresholds") {
    if (!Object.values(g.ThresholdsMode).includes(value.mode)) yield `unknown threshold mode ${value.mode}`;
    const steps = value.steps ?? [];
    if (!steps.length || steps[0].value !== null) yield "the first threshold must be null";
    for (let nth = 2; nth < steps.length; nth++)
      if (!(steps[nth].value > steps[nth - 1].value)) yield "thresholds do not rise";
    for (const step of steps) if (!isColour(step.color)) yield `unknown colour ${step.color}`;
  }
}

function* panel(one, variables) {
  const refs = (one.targets ?? []).map((target) => target.refId);
  if (new Set(refs).size < refs.length) yield "the same refId twice";
  for (const target of one.targets ?? [])
    for (const [, name] of target.query.matchAll(/\$\{?(\w+)/g))
      if (!MACROS.has(name) && !variables.has(name)) yield `unknown variable ${name}`;
  for (const step of one.transformations ?? []) if (!transformers.has(step.id)) yield `unknown transformation ${step.id}`;
  const config = one.fieldConfig ?? {};
  for (const [id, value] of Object.entries(config.defaults ?? {})) {
    if (!COMMON_DEFAULTS.has(id)) yield `unknown option ${id}`;
    yield* property(id, value);
  }
  for (const override of config.overrides ?? []) {
    if (!matchers.has(override.matcher.id)) yield `unknown matcher ${override.matcher.id}`;
    for (const { id, value } of override.properties) {
      if (!id.startsWith("custom.") && !STANDARD.has(id)) yield `unknown option ${id}`;
      yield* property(id, value);
    }
  }
  const calcs = [...(one.options?.reduceOptions?.calcs ?? []), ...(one.options?.legend?.calcs ?? [])];
  for (const calc of calcs) if (!reducers.has(calc)) yield `unknown reducer ${calc}`;
  for (const layer of one.type === "geomap" ? one.options.layers : []) {
    if (!LAYERS.has(layer.type)) yield `unknown layer ${layer.type}`;
    if (layer.type !== "markers") continue;
    const { color, size } = layer.config.style;
    if (!isColour(color.fixed)) yield `unknown colour ${color.fixed}`;
    if (!(size.min < size.max)) yield "sizes do not rise";
  }
}

function lint(wall) {
  const found = [];
  const variables = new Set((wall.templating?.list ?? []).map((one) => one.name));
  for (const one of wall.panels)
    for (const finding of panel(one, variables)) found.push(`panel ${one.id}: ${finding}`);
  return found;
}

const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
const findings = {};
for (const [name, wall] of Object.entries(given)) {
  try {
    findings[name] = lint(wall);
  } catch (error) {
    findings[name] = [`cannot be read: ${error.message}`];
  }
}
process.stdout.write(JSON.stringify({ counts: { units: units.size, reducers: reducers.size, matchers: matchers.size, transformers: transformers.size }, findings }));
