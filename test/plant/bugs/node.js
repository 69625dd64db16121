export default [
  ["dataset-folder.ts", "if (isInside(await resolveLinks(homedir()), target))", "if (false)"],
  ["dataset-folder.ts", "if (!replace) throw new UserError(", "if (replace) throw new UserError("],
  ["download.ts", "(start > 0 && !(response.status === 206 && Number(from) === start))", "(false)"],
  ["download.ts", "if (found !== md5?.toLowerCase())", "if (false)"],
  ["files.ts", "if (size !== bytes.length) throw", "if (false) throw"],
  ["files.ts", "if (other !== undefined)", "if (false)"],
  ["images.ts", "    .autoOrient()\n", ""],
  ["images.ts", "header.width * header.height > mostPixels", "false"],
  ["import-images.ts", "testIndices.length === 0", "false"],
];
