const DAY_MS = 86_400_000;

/** The calendar day of an instant in an IANA time zone, as `YYYY-MM-DD`. */
export function dayIn(timeZone: string, instant: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  }).formatToParts(instant);
  const part = (type: string) => parts.find((entry) => entry.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/** Calendar arithmetic on days: no time zone, so no day of 23 or 25 hours. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export interface TargetDay {
  /** The day that is taken when none is given. */
  readonly usual: string;
  readonly today: string;
  /** Whether a given day is today, yesterday, or the usual one. */
  isRecent(day: string): boolean;
}

/** `now` is the schedule slot where one fired the run: a late container still files under its own day. */
export function targetDay(now: Date, timeZone: string, offset: number): TargetDay {
  const today = dayIn(timeZone, now);
  const usual = addDays(today, offset);
  const recent = [today, addDays(today, -1), usual];
  return { usual, today, isRecent: (day) => recent.includes(day) };
}
