export const modelZh = {};
