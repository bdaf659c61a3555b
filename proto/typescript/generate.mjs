// SPDX-License-Identifier: Apache-2.0
// Prints the TypeScript types of the protobuf JSON of some .proto files: what JSON.parse gives and
// JSON.stringify takes, so nothing of it is left in the built script.
//
//   node generate.mjs OUT_DIR FILE.proto...     (run in a project that has protobufjs)
//
// FILE is relative to proto/. One module a file, imports included, in the folders of the protos.
// Every field is optional, for protobuf JSON leaves defaults out; 64-bit integers are strings, enums
// are unions of their names, timestamps and durations are strings.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const protobuf = createRequire(join(process.cwd(), "package.json"))("protobufjs");
const proto_root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [out_dir, ...files] = process.argv.slice(2);
if (!out_dir || files.length === 0) {
  console.error("usage: node generate.mjs OUT_DIR FILE.proto...");
  process.exit(2);
}

const kScalars = new Map([
  ...["double", "float", "int32", "uint32", "sint32", "fixed32", "sfixed32"].map((t) => [t, "number"]),
  ...["int64", "uint64", "sint64", "fixed64", "sfixed64", "string", "bytes"].map((t) => [t, "string"]),
  ["bool", "boolean"],
]);
const kWellKnown = new Map([
  [".google.protobuf.Timestamp", "string"],
  [".google.protobuf.Duration", "string"],
]);

const root = new protobuf.Root();
root.resolvePath = (_origin, target) =>
  target.startsWith("google/") ? target : join(proto_root, relative(proto_root, join(proto_root, target)));
root.loadSync(files, { keepCase: false, alternateCommentMode: true });
root.resolveAll();

const modules = new Map(); // .proto path relative to proto/ → { body, imports: path → names }
Collect(root);
rmSync(out_dir, { recursive: true, force: true });
for (const [path, module] of modules) Write(path, module);

function Collect(namespace) {
  for (const child of namespace.nestedArray ?? []) {
    if (child instanceof protobuf.Type && IsOurs(child)) EmitMessage(child);
    if (child instanceof protobuf.Enum && IsOurs(child)) EmitEnum(child);
    if (child.nestedArray) Collect(child);
  }
}

function IsOurs(type) {
  return type.fullName.startsWith(".usher.");
}

function ModuleOf(type) {
  const path = relative(proto_root, type.filename ?? type.parent.filename);
  if (!modules.has(path)) modules.set(path, { path, body: [], imports: new Map() });
  return modules.get(path);
}

/// Nested names are joined: Contact.State is ContactState.
function NameOf(type) {
  return type.parent instanceof protobuf.Type ? NameOf(type.parent) + type.name : type.name;
}

function Comment(text, indent) {
  return text ? `${indent}/** ${text.replace(/\s*\n\s*/g, " ").replace(/\*\//g, "* /")} */\n` : "";
}

function EmitEnum(type) {
  const names = Object.keys(type.values).map((name) => `  | "${name}"`);
  ModuleOf(type).body.push(
    `${Comment(type.comment, "")}export type ${NameOf(type)} =\n${names.join("\n")};\n`,
  );
}

function EmitMessage(type) {
  const module = ModuleOf(type);
  const lines = type.fieldsArray.map(
    (field) => `${Comment(field.comment, "  ")}  ${field.name}?: ${FieldType(field.resolve(), module)};`,
  );
  const body = lines.length > 0 ? `{\n${lines.join("\n")}\n}` : "{}";
  const shape = lines.length > 0
    ? `export interface ${NameOf(type)} ${body}\n`
    : `export type ${NameOf(type)} = Record<string, never>;\n`;
  module.body.push(Comment(type.comment, "") + shape);
}

function FieldType(field, module) {
  const one = OneType(field, module);
  if (field.map) return `Record<string, ${one}>`;
  return field.repeated ? `${one}[]` : one;
}

function OneType(field, module) {
  const type = field.resolvedType;
  if (!type) return kScalars.get(field.type);
  if (kWellKnown.has(type.fullName)) return kWellKnown.get(type.fullName);
  const home = ModuleOf(type);
  if (home !== module) {
    if (!module.imports.has(home.path)) module.imports.set(home.path, new Set());
    module.imports.get(home.path).add(NameOf(type));
  }
  return NameOf(type);
}

function Write(path, module) {
  const target = join(out_dir, path.replace(/\.proto$/, ".ts"));
  const imports = [...module.imports].map(([other, names]) => {
    let from = relative(dirname(path), other).replace(/\.proto$/, "");
    if (!from.startsWith(".")) from = `./${from}`;
    return `import type { ${[...names].sort().join(", ")} } from "${from}";\n`;
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(
    target,
    `// Generated from ${path} by proto/typescript/generate.mjs; do not edit.\n` +
      `${imports.join("")}\n${module.body.join("\n")}`,
  );
}
