// Figures in words; `–` where there is none.
const none = (show) => (value) => (value === null || value === undefined ? "–" : show(value));

const few = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const many = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const whole = none((value) => many.format(value));
export const decimal = none((value) => (value < 100 ? few : many).format(value));
export const percent = none((value) => `${few.format(100 * value)} %`);
export const milliseconds = none((value) =>
  value >= 10_000 ? `${few.format(value / 1000)} s` : `${(value < 10 ? few : many).format(value)} ms`,
);
