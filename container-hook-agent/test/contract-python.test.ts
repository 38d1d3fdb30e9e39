import { playAll } from "./contract/suite.js";

playAll("python");
