export const half = (x: number) => x / 2;
