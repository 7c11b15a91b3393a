alter table assets drop column pieces;
