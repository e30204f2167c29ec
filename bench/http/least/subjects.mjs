// @ts-check

export const CHANGED = 'least.changed';
export const ACKNOWLEDGED = 'least.acknowledged';
