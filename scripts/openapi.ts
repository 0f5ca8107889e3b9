import { writeFileSync } from "node:fs";
import { ENDPOINTS } from "../functions/app.ts";
import { openApi } from "../functions/kernel/openapi.ts";

/** The OpenAPI document, as `/openapi.json` serves it; to a file when one is named. */
const text = JSON.stringify(openApi(ENDPOINTS), null, 2);
const [file] = process.argv.slice(2);
if (file) writeFileSync(file, `${text}\n`);
else console.log(text);
