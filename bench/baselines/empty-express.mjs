import { createServer } from "node:http";
import express from "express";
import { announce } from "./announce.mjs";

const app = express();
app.use(express.json());
app.post("/api/actions/:id", (_request, response) => {
  response.json({ success: true, seq: 1 });
});

announce(createServer(app));
