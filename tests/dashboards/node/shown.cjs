// Stdin: [{panel, answers}]; stdout: what each displays, {shown: [...]} or {error}. Modules are found by NODE_PATH.
const { run } = require("./pipeline.cjs");
const g = require("@grafana/data");

function cell(field, value) {
  const shown = field.display(value);
  return { text: g.formattedValueToString(shown), color: shown.color ?? "" };
}

async function shown(panel, answers) {
  const { data, values } = await run(panel, answers);
  if (values)
    return values.map(({ display }) => ({
      title: display.title ?? "",
      text: g.formattedValueToString(display),
      color: display.color,
    }));
  return data.map((frame) => ({
    title: frame.name ?? "",
    fields: frame.fields.map((field) => ({
      name: g.getFieldDisplayName(field, frame, data),
      cells: field.type === "time" ? [] : field.values.map((value) => cell(field, value)),
    })),
  }));
}

(async () => {
  const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const told = [];
  for (const { panel, answers } of given) {
    try {
      told.push({ shown: await shown(panel, answers) });
    } catch (error) {
      told.push({ error: error.message });
    }
  }
  process.stdout.write(JSON.stringify(told));
})();
