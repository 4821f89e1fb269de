import { start } from "../common/visit.js";

start();
