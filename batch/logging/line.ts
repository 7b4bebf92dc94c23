import winston from 'winston';
import type { LogLevel } from '../core/ports.js';
import type { Entry } from './entry.js';
import type { Plain } from './plain.js';

const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/** Control characters, line separators and what turns the direction of writing: what a terminal or a pager obeys. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One JSON object on one line, without the newline: `timestamp`, `level`, `event`, `message`, `run_id`, the fields. */
export function jsonLine(entry: Entry): string {
  const head = { timestamp: entry.at.toISOString(), level: entry.level, event: entry.event, message: entry.message };
  // Put together by hand: in an object, a field named "0" would come before the timestamp.
  const pairs = [...Object.entries({ ...head, run_id: entry.runId }), ...Object.entries(entry.fields)];
  return harmless(`{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`);
}

/** `HH:MM:SS  WARN   message  key=value …` in the process's time zone, with colour; stacks below it, indented. */
export function terminalLine(entry: Entry): string {
  const colour = winston.format.colorize();
  const stacks: string[] = [];
  const pairs = Object.entries(entry.fields).map(([key, value]) => {
    if (key === 'stack' && typeof value === 'string') {
      stacks.push(value);
      return '';
    }
    return `${harmless(key)}=${harmless(shown(withoutStack(value, stacks)))}`;
  });
  const level = colour.colorize(entry.level, LABELS[entry.level]);
  const fields = pairs.filter((pair) => pair !== '').join(' ');
  const first = `${clock(entry.at)}  ${level}  ${harmless(entry.message)}`;
  const below = stacks.flatMap((stack) => stack.split('\n').map((line) => `\n    ${DIM}${harmless(line)}${RESET}`));
  return `${first}${fields === '' ? '' : `  ${DIM}${fields}${RESET}`}${below.join('')}`;
}

const LABELS: Readonly<Record<LogLevel, string>> = { error: 'ERROR', warn: 'WARN ', info: 'INFO ', debug: 'DEBUG' };

function clock(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

function withoutStack(value: Plain, stacks: string[]): Plain {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const { stack, ...rest } = value;
  if (typeof stack !== 'string') return value;
  stacks.push(stack);
  return rest;
}

function shown(value: Plain): string {
  if (typeof value === 'string') return /^[^\s"'=]+$/.test(value) ? value : JSON.stringify(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function harmless(text: string): string {
  return text.replace(OBEYED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
