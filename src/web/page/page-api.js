// Calls the Web API. The token goes into a header, never into a URL.
"use strict";

/** A failed request: the HTTP status (0: no response), the server's message, and after how many seconds to try again. */
class RequestError extends Error {
  constructor(status, error = {}, retryAfter = null) {
    super(error.message ?? `HTTP ${status}`);
    Object.assign(this, { status, code: error.code, retryAfter });
  }
}

/** Returns the path of a call in a channel; relative, so that the page also works under a path of a proxy. */
function callPath({ team, channel }, what) {
  return `api/cowork/teams/${encodeURIComponent(team)}/channels/${encodeURIComponent(channel)}/calls/${what}`;
}

async function request(token, path, options = {}) {
  // A text that no header can hold is not a valid token either.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new RequestError(401);
  const headers = { Authorization: `Bearer ${token}`, ...options.headers };
  let response;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new RequestError(0);
  }
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    const retryAfter = Number(response.headers.get("Retry-After")) || null;
    throw new RequestError(response.status, body.error, retryAfter);
  }
  return response;
}

const getJson = async (token, path) => (await request(token, path)).json();

function postJson(token, path, value) {
  const headers = { "Content-Type": "application/json" };
  return request(token, path, { method: "POST", headers, body: JSON.stringify(value) });
}

/**
 * Yields the events of a stream (text/event-stream) as {event, data, id}, from the one after the event `last`. EventSource
 * cannot send a token.
 */
async function* events(token, path, signal, last) {
  const response = await request(token, path, { signal, headers: last ? { "Last-Event-ID": last } : {} });
  yield { event: "open" };
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const found = parseEvent(block);
      if (found) yield found;
    }
  }
}

/** Parses one event, which may be only an id; null for a comment, which only keeps the connection open. */
function parseEvent(block) {
  const found = { event: "message", data: [] };
  for (const line of block.split("\n")) {
    const [, field, value] = line.match(/^([^:]*)(?:: ?(.*))?$/);
    if (field === "data") found.data.push(value ?? "");
    else if (field === "event") found.event = value;
    else if (field === "id") found.id = value;
  }
  return found.data.length || found.id ? { ...found, data: found.data.join("\n") } : null;
}
