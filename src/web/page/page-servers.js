// Tests each server on its own. Nothing here changes the page itself.
"use strict";

/** How long a server may take. Browsers themselves wait about 40 s, but no user waits so long for a call. */
const ANSWER_WITHIN_MS = 10_000;

const isTurn = url => /^turns?:/i.test(url);
const hasTurn = configuration => configuration.iceServers.some(({ urls }) => urls.some(isTurn));
const place = (address, port) => `${address?.includes(":") ? `[${address}]` : address}:${port}`;
const since = started => Math.round(performance.now() - started);

/** Returns one server for each address of a configuration. */
function servers(configuration) {
  return configuration.iceServers.flatMap(server => server.urls.map(urls => ({ ...server, urls })));
}

/** The frame in which STUN servers are tested, from the first test on. */
let frame;

/**
 * Returns a class of connections that may not see this browser's own addresses: those of a frame without camera and
 * microphone. Browsers then report the address that a STUN server returns even if no NAT translates it. Otherwise Chromium
 * drops that address as a duplicate, and a good server without NAT looks like one that responds with error 300, 400 or 500.
 */
function stunConnection() {
  if (!frame) {
    frame = Object.assign(document.createElement("iframe"), { hidden: true, allow: "camera 'none'; microphone 'none'" });
    document.body.append(frame);
  }
  return frame.contentWindow.RTCPeerConnection;
}

/**
 * Gathers candidates from one server: a STUN server has to return our address, a TURN server has to relay.
 * Resolves to {verdict: "ok" | "failed" | "unclear", ms, address, reason, code, text}.
 */
function testServer(server) {
  return new Promise(resolve => {
    const started = performance.now();
    const wanted = isTurn(server.urls) ? "relay" : "srflx";
    const errors = [];
    const hosts = [];
    let connection;
    let timer;
    const end = outcome => {
      clearTimeout(timer);
      connection?.close();
      resolve({ ms: since(started), ...outcome });
    };
    try {
      connection = wanted === "relay"
        ? new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: "relay" })
        : new (stunConnection())({ iceServers: [server] });
    } catch (error) {
      return end({ verdict: "failed", reason: "rejected", text: error.message });
    }
    // A name that is still looked up may be found: until gathering ends, lookups that failed mean nothing.
    const giveUp = () => end(failure(errors.filter(error => !isLookup(error))) ?? { verdict: "failed", reason: "gave-up" });
    timer = setTimeout(giveUp, ANSWER_WITHIN_MS);
    connection.onicecandidateerror = ({ errorCode, errorText, port }) => {
      errors.push({ code: wanted === "srflx" ? stunCode(errorCode) : errorCode, text: errorText, port });
    };
    connection.onicecandidate = ({ candidate }) => {
      if (candidate?.type === wanted) {
        const over = candidate.relayProtocol ?? candidate.protocol;
        end({ verdict: "ok", address: place(candidate.address, candidate.port), over });
      } else if (candidate?.type === "host" && candidate.protocol === "udp") {
        hosts.push(candidate);
      }
    };
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState !== "complete") return;
      end(failure(errors, hosts) ?? (wanted === "relay" ? { verdict: "failed", reason: "timeout" } : withoutAddress(hosts)));
    };
    connection.createDataChannel("test");
    connection.setLocalDescription().catch(error => end({ verdict: "failed", reason: "rejected", text: error.message }));
  });
}

const isLookup = ({ text }) => /lookup|resolve/i.test(text);

/** Returns the whole code of a STUN error: Chromium reports only its last two digits. */
const stunCode = code => [401, 403, 420, 438, 486, 508].find(whole => whole % 100 === code) ?? code;

/** Returns the most specific error, if one matters. `hosts` are the candidates of the ports that asked the server. */
function failure(errors, hosts = []) {
  // A server may have only IPv4 or only IPv6 addresses: errors of the other family do not count.
  const isFound = hosts.some(host => !errors.some(error => isLookup(error) && error.port === host.port));
  const real = errors.filter(error => !/incompatible/i.test(error.text) && !(isFound && isLookup(error)));
  const error = real.find(({ code }) => code !== 701) ?? real[0];
  if (!error) return null;
  const { code, text } = error;
  const unreachable = isLookup(error) ? "dns" : /timed? ?out/i.test(text) ? "timeout" : "unreachable";
  return { verdict: "failed", reason: code === 701 ? unreachable : "refused", code, text };
}

/**
 * Judges a STUN server that gathering ended with without an address or an error. It failed if this browser would have
 * reported both: it hides its own addresses behind names in .local, and it has events for errors.
 */
function withoutAddress(hosts) {
  const reports = "onicecandidateerror" in RTCPeerConnection.prototype;
  const hides = hosts.some(({ address }) => address?.endsWith(".local"));
  return reports && hides ? { verdict: "failed", reason: "no-address" } : { verdict: "unclear", reason: "silent" };
}
