// Debian's Chromium, with an end of its own.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

// A busy machine is slow, not wrong.
export const patience = 60_000;

// Not every call of Playwright has an end of its own.
setTimeout(() => assert.fail('the story came to no end'), 4 * patience).unref();

/** Whoever is done with it closes it. */
export const browser = await chromium.launch({
  timeout: patience,
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  chromiumSandbox: process.getuid() !== 0,
  args: [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-gpu',
    '--disable-sync',
    '--no-first-run',
    '--no-default-browser-check',
  ],
});
