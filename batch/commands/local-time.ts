/** An instant as ISO 8601 with the offset of an IANA time zone, in seconds: `2026-02-01T02:00:00+09:00`. */
export function localTime(timeZone: string, instant: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', timeZoneName: 'longOffset' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  }).formatToParts(instant);
  const part = (type: string) => parts.find((entry) => entry.type === type)?.value ?? '';
  // `GMT+09:00`; UTC itself is a bare `GMT`.
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  const [date, time] = [
    ['year', 'month', 'day'],
    ['hour', 'minute', 'second'],
  ].map((types) => types.map(part));
  return `${date?.join('-')}T${time?.join(':')}${offset}`;
}
