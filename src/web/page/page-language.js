// The language of the page: the one that the user chose, which is kept, or else the browser's.
"use strict";

const LANGUAGE_KEY = "cowork-calls-language";
const isLanguage = name => Object.hasOwn(TEXTS, name);

let language = keptLanguage()
  ?? navigator.languages.map(tag => tag.slice(0, 2).toLowerCase()).find(isLanguage)
  ?? "en";

/** Returns the language that was chosen in an earlier visit. A browser may forbid to keep anything. */
function keptLanguage() {
  try {
    return [localStorage.getItem(LANGUAGE_KEY)].find(isLanguage);
  } catch {
    return undefined;
  }
}

/** Selects a language, also for the next visits. */
function chooseLanguage(name) {
  language = name;
  try {
    localStorage.setItem(LANGUAGE_KEY, name);
  } catch {
    // It is in effect until the page is closed.
  }
}

/** Returns a text in the selected language. */
function t(key, ...args) {
  const text = TEXTS[language][key];
  return typeof text === "function" ? text(...args) : text;
}

const has = key => key in TEXTS[language];
