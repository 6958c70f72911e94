// Describes the results in words: for the page, and as the plain text of the report.
"use strict";

/** Describes the result of a server: {verdict, sentence, remedy}. */
function describeServer({ uri, result }) {
  if (!result) return { verdict: "waiting" };
  const { verdict, reason, code, address, over } = result;
  if (address) {
    return { verdict, sentence: t(isTurn(uri) ? "turn-ok" : "stun-ok", t("over", address, over)) };
  }
  const special = [isTurn(uri) ? "" : `stun-${reason}-${code < 100 ? "part" : code}`, `${reason}-${code}`];
  const key = special.find(has) ?? reason;
  return { verdict, sentence: t(key, code), remedy: t(`${key}-do`, uri) };
}

/** Describes the call: {verdict, sentence, remedy, facts}. */
function describeCall(found) {
  const { state, reason, relayed, ms, here, there, video, audio, message, source, text } = found;
  const facts = [];
  const fact = (key, value) => value && facts.push([t(key), value]);
  const end = candidate => candidate && (candidate.address
    ? t("candidate", candidate.type, candidate.address, candidate.over)
    : `${t("hidden")} (${candidate.type})`);
  const bytes = count => count >= 0 && t("kilobytes", Math.ceil(count / 1024));
  fact("way", here && t(here.type === "relay" ? "way-relay" : "way-direct"));
  fact("time", ms && t("ms", ms));
  fact("end-here", end(here));
  fact("end-there", end(there));
  fact("video", bytes(video));
  fact("audio", bytes(audio));
  fact("data", message && t("data-ok", message.text, message.ms));
  fact("source", t(`source-${source}`));
  if (state === "ok") return { verdict: "ok", sentence: t("call-ok"), facts };
  if (state !== "failed") return { verdict: "active", sentence: t(state), facts };
  const remedy = t(reason === "not-connected" && relayed ? "not-connected-do-relay" : `${reason}-do`);
  return { verdict: "failed", sentence: t(reason, text), remedy, facts };
}

const isOver = ({ state }) => state === "ok" || state === "failed";

/** Summarizes everything: {verdict, sentence}; null until all servers and the call have a result. */
function summary({ rows, call }) {
  if (!call || !isOver(call) || !rows.every(({ result }) => result)) return null;
  if (call.state === "failed") return { verdict: "failed", sentence: t("sum-failed") };
  const count = verdict => rows.filter(({ result }) => result?.verdict === verdict).length;
  const [failed, unclear] = [count("failed"), count("unclear")];
  const verdict = failed || unclear ? "warning" : "ok";
  const sentence = failed ? t("sum-warning", failed, rows.length)
    : unclear ? t("sum-unclear", unclear, rows.length) : t("sum-ok", rows.length);
  return { verdict, sentence: call.relayed ? sentence : `${sentence} ${t("sum-direct")}` };
}

/** Explains a failed request in a sentence. */
function explain(error) {
  if (error.key) return t(error.key);
  if (!(error instanceof RequestError)) return String(error.message ?? error);
  const key = [error.code, error.status].map(name => `error-${name}`).find(has);
  return key ? t(key, error.retryAfter ?? 1) : t("error", error.status, error.message);
}

/** Returns the report for a ticket: only results, which contain no secrets. */
function report(state) {
  const { rows, call, configuration, sent, received, began } = state;
  const lines = [t("report-title"), ""];
  const add = (label, value) => lines.push(`${label}: ${value}`);
  const total = summary(state);
  if (total) lines.push(total.sentence, "");
  add(t("report-page"), location.origin + location.pathname);
  add(t("report-time"), began.toISOString());
  add(t("report-browser"), navigator.userAgent);
  add(t("report-policy"), configuration.iceTransportPolicy);
  lines.push("", t("servers"));
  for (const row of rows) {
    const { verdict, sentence, remedy } = describeServer(row);
    const { ms, code, text } = row.result ?? {};
    lines.push(`- ${row.uri}: ${t(verdict)}${ms >= 0 ? `, ${t("ms", ms)}` : ""}`);
    if (sentence) lines.push(`  ${sentence}`);
    if (text) lines.push(`  ${code ?? ""} ${text}`.trimEnd());
    if (remedy) lines.push(`  → ${remedy}`);
  }
  if (call) {
    const { verdict, sentence, remedy, facts } = describeCall(call);
    lines.push("", `${t("call")}: ${t(verdict)}`, `  ${sentence}`);
    if (remedy) lines.push(`  → ${remedy}`);
    facts.forEach(([label, value]) => lines.push(`  ${label}: ${value}`));
  }
  lines.push("");
  add(t("reactions"), t("report-counts", sent, received.length));
  return lines.join("\n") + "\n";
}
