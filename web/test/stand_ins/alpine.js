// This takes the place of Alpine, which needs a document: pages only register the parts that they are made of.
export default { data: () => {} };
