# Draws cost-phases-mobilenet_v2-cifar10.svg; run: gnuplot cost-phases-mobilenet_v2-cifar10.gp
if (!exists('out')) out = 'cost-phases-mobilenet_v2-cifar10.svg'
set encoding utf8
set terminal svg size 900,220 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'cifar10-mobilenet-v2: cost by stage and phase' at screen 0.015, screen 0.9182 left font ',15'
set label 'mobilenet_v2 on cifar10; a backward pass counts as two forward passes' at screen 0.015, screen 0.8227 left font ',12' tc rgb '#505050'
set lmargin at screen 0.2178
set xrange [0:1.919380]
set yrange [-2.6:0.6]
set xlabel 'image passes (millions)'
unset grid
set grid xtics lc rgb '#dddddd' lw 0.6 lt 1
set key outside right top Left reverse samplen 1 spacing 1.2
set ytics ('LSQ: each budget' 0, 'RFQuant: prepare, once' -1, 'RFQuant: each budget' -2) scale 0
$phase0 << EOD
0.000000 0.002500 0
0.000000 0.002500 -2
EOD
$phase1 << EOD
0.002500 0.004548 0
0.002500 0.004548 -2
EOD
$phase2 << EOD
0.004548 0.408900 0
EOD
$phase3 << EOD
0.004548 1.713732 -2
EOD
$phase4 << EOD
0.000000 1.617408 -1
EOD
$totals << EOD
0.408900 0 0.409
1.617408 -1 1.62
1.713732 -2 1.71
EOD
plot $phase0 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 1 lw 0.5 fs solid 0.85 title 'final_score', \
     $phase1 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 2 lw 0.5 fs solid 0.85 title 'recalibrate', \
     $phase2 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 3 lw 0.5 fs solid 0.85 title 'retrain', \
     $phase3 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 4 lw 0.5 fs solid 0.85 title 'search', \
     $phase4 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 5 lw 0.5 fs solid 0.85 title 'train', \
     $totals using 1:2:3 with labels left offset 0.6,0 font ',11' notitle
