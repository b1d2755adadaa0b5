# audit_headline   panel + units → headline_audit.parquet


rule audit_headline:
    input:
        panel=rules.build_panel.output[0],
        units=rules.make_design.output.units,
        specification=rules.specification.output[0],
        code=code("audit_headline"),
    output:
        f"{OUT}/headline_audit.parquet",
    log:
        f"{OUT}/logs/audit_headline.log",
    benchmark:
        f"{OUT}/benchmarks/audit_headline.tsv"
    script:
        "../scripts/audit_headline.py"
