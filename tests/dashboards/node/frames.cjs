// An answer of InfluxDB's /query -> the frames that Grafana's InfluxDB data source makes of it (its InfluxQL backend,
// response_parser.go): one frame of all series for a table, one per series and column for time series.
const g = require("@grafana/data");

function kind(values) {
  const known = values.find((value) => value !== null && value !== undefined);
  return typeof known === "string" ? "string" : typeof known === "boolean" ? "boolean" : "number";
}

function field(name, type, values, config = {}) {
  return { name, type, config, values };
}

function table(series, refId) {
  const [first] = series;
  const tags = Object.keys(first.tags ?? {});
  const rows = series.flatMap((one) => one.values.map((values) => ({ tags: one.tags ?? {}, values })));
  const columns = first.columns.slice(1).map((name, nth) => {
    const values = rows.map((row) => row.values[nth + 1]);
    return field(name, kind(values), values, { displayNameFromDS: name });
  });
  return [
    g.createDataFrame({
      refId,
      name: first.name,
      fields: [
        field("Time", "time", rows.map((row) => row.values[0])),
        ...tags.map((tag) => field(tag, "string", rows.map((row) => row.tags[tag] ?? ""), { displayNameFromDS: tag })),
        ...columns,
      ],
    }),
  ];
}

function alias(text, one, column) {
  return text.replace(/\$(\w+)/g, (whole, name) => {
    if (name === "m" || name === "measurement") return one.name;
    if (name === "col") return column;
    return name.startsWith("tag_") ? (one.tags?.[name.slice(4)] ?? whole) : whole;
  });
}

function lines(series, target) {
  return series.flatMap((one) =>
    one.columns.slice(1).map((column, nth) => {
      const values = one.values.map((row) => row[nth + 1]);
      const name = target.alias ? alias(target.alias, one, column) : `${one.name}.${column}`;
      return g.createDataFrame({
        refId: target.refId,
        name,
        fields: [
          field("Time", "time", one.values.map((row) => row[0])),
          { ...field("Value", kind(values), values, { displayNameFromDS: name }), labels: one.tags },
        ],
      });
    }),
  );
}

module.exports = function frames(answer, target) {
  const series = answer.results[0].series ?? [];
  if (!series.length) return [];
  return target.resultFormat === "table" ? table(series, target.refId) : lines(series, target);
};
