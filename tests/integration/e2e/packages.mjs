// SPDX-License-Identifier: Apache-2.0
// The npm packages of tests/web, for scripts that stand elsewhere.
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./server.mjs";

const require = createRequire(join(root, "tests/web/package.json"));
export const { chromium } = require("playwright-core");
export const grpc = require("@grpc/grpc-js");
export const protoLoader = require("@grpc/proto-loader");
