// preview.jsx and what it imports -> one script; argument: where to write it. Modules are found by NODE_PATH.
const { build } = require("esbuild");

// CommonJS packages whose default export is the module itself.
const PLAIN = /^(react-custom-scrollbars-2|react-highlight-words|react-transition-group|react-loading-skeleton|slate-react|react-dropzone|react-inlinesvg)$/;
const interop = {
  name: "interop",
  setup(made) {
    made.onResolve({ filter: PLAIN }, (asked) =>
      asked.pluginData === "raw" ? undefined : { path: asked.path, namespace: "plain", pluginData: { from: asked.resolveDir } },
    );
    made.onLoad({ filter: /.*/, namespace: "plain" }, async (asked) => {
      const found = await made.resolve(asked.path, { resolveDir: asked.pluginData.from, kind: "require-call", pluginData: "raw" });
      const contents = `const m = require(${JSON.stringify(found.path)});
module.exports = m && m.__esModule && m.default ? Object.assign(m.default, m, { default: m.default }) : m;`;
      return { contents, resolveDir: asked.pluginData.from, loader: "js" };
    });
  },
};

build({
  entryPoints: [`${__dirname}/preview.jsx`],
  bundle: true,
  outfile: process.argv[2],
  jsx: "automatic",
  nodePaths: [process.env.NODE_PATH],
  loader: { ".svg": "dataurl", ".ttf": "dataurl" },
  define: { "process.env.NODE_ENV": '"production"' },
  minify: true,
  logLevel: "error",
  plugins: [interop],
}).catch(() => process.exit(1));
